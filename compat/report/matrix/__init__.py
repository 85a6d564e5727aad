"""Who can talk to whom over several versions: judged for every client and server, and drawn."""
