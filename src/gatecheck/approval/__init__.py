"""Permission: what is signed (`statement`), which signatures count (`believe`), and which approvals hold (`judge`), all of it pure."""
