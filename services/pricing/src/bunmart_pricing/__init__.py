"""Prices, discounts and coupons."""
