"""Texts that would do something if a page took them for more than texts. What they would bring in is called evil."""

from playwright.sync_api import Page

ATTACKS = (
    "<script class=evil>alert(1)</script>",
    "\"'><img class=evil src=evil onerror=alert(2)>",
    "</title></textarea></script></style><svg class=evil onload=alert(3)>",
    "' autofocus onfocus=alert(4) data-evil='\" autofocus onfocus=alert(5) data-evil=\"",
    "javascript:alert(6)//evil",
    "<a class=evil href=javascript:alert(7)>evil</a><base class=evil href=//evil.example>",
    "<iframe class=evil srcdoc='<script>alert(8)</script>'></iframe>",
    "<style class=evil>*{display:none}</style><form class=evil action=//evil.example>",
    "{{ 7*7 }}{% raw %}${alert(9)}<%= 7*7 %>#{7*7}{0.__class__}%(evil)s%s",
    "<!--><b class=evil>--><![CDATA[<b class=evil>]]>&lt;b class=evil&gt;&#60;b class=evil&#62;",
    "\u202eevil\u2028\u2029\ufeff\x0b<b class=evil>",
)
FOUND = """() => {
  const own = /^(\\/static\\/|\\/docs\\/)/;
  const found = [...document.querySelectorAll('.evil, [data-evil], base, iframe, object, embed')];
  for (const script of document.scripts) if (!own.test(script.getAttribute('src') ?? '')) found.push(script);
  for (const part of document.querySelectorAll('*')) {
    for (const { name, value } of part.attributes) {
      const leads = /^(href|src|action|formaction)$/.test(name);
      if (name.startsWith('on') || (leads && /^\\s*javascript:/i.test(value))) found.push(part);
    }
  }
  return found.map((part) => part.outerHTML.slice(0, 200));
}"""


def intruders(page: Page) -> list[str]:
    """The elements of a page that none of ours brought in, or that would run something."""
    found: list[str] = page.evaluate(FOUND)
    return found
