"""`isthmus image`: a point as volumes that can be read and written."""
