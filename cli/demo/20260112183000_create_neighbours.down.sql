DROP TABLE neighbour;
