/* The API's documentation: Swagger UI on our own document, asking no other site. */

SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });
