"""How the layers are made fast. What each one is stays in its class; docs/engine.md explains the ideas."""
