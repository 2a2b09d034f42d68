"""Plain apps that do what people write today, measured beside Camscope."""
