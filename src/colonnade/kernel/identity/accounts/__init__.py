"""What is done to whole accounts: suspending, deleting, taking lost factors off; and what is held of them."""
