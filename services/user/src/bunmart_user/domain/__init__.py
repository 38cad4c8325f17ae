"""The rules, without input and output; and the structs that rows are read into.

``accounts`` has users, their roles and the rights of admins, ``contact_details`` the forms of e-mail
addresses and phone numbers, ``addresses`` postal addresses, ``passwords`` their strength and wrong ones.
``token_expiry`` tells how long a token is good for and what ends it earlier.
"""
