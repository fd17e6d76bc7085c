"""The ground: org tree, people and what they may do, customers, couriers, delivery areas, routes, transit standards."""
