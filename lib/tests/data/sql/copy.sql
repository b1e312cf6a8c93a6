SET search_path = '';
COPY public.t (a, b) FROM stdin;
1	one;
2	'it
\.

copy t from STDIN with (format csv, delimiter ';'); -- rows
"a;b";2
\.
COPY empty FROM stdin;
\.
COPY (SELECT 1) TO STDOUT;
COPY t FROM 'stdin';
SELECT 'after'
