DROP TABLE workflow;
DROP TABLE project;
DROP TABLE user_oauth;
