"""The machines: what decides. None knows another, and none touches the world but through seams."""
