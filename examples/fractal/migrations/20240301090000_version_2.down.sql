DROP TABLE workflowtaskv2;
DROP TABLE projectv2;
