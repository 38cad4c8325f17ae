"""The rules, without input and output; and the structs that rows are read into.

``accounts`` has users, their roles and the rights of admins, ``contact_details`` the forms of e-mail
addresses and phone numbers, ``addresses`` postal addresses, ``passwords`` their strength, ``limits`` the
number of tries. ``sessions`` tells what becomes of a refresh token, ``token_expiry`` what ends the other
tokens.
"""
