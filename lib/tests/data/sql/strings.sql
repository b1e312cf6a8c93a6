SELECT 'a;b', 'it''s;', E'x\';y', E'\\';
SELECT U&'\003b;', "odd;""name", B'1;', E'a'
  'b\';c';
SELECT 'back\'; SELECT 2
