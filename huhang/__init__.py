"""Huhang 护航: the customer-service operations system of a parcel or freight network."""
