-- Nothing of version 1 is carried over: who has projects in it must say that they may go. There is no way back.
DROP TABLE workflow;
DROP TABLE project;
