"""Networks of torchvision and timm, brought into bundles. The only place that knows torch.

In reading order:
    networks    which networks there are, by name
    recording   what a network did in one forward pass
    operations  the operations that a head is made of
    heads       the head, found in the recording: `cut`
    refusals    why there is none, in one sentence
"""
