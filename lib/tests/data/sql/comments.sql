-- leading; comment
/* block; /* nested; */ still; */
SELECT 1 /* in; side */ + 2 -- trailing;
;
;; /* only a comment */ ;
/* before */ SELECT 2 /* after */ ; -- end
