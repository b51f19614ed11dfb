"""How do we show and prove it? Renderers, templates, packs and exports."""
