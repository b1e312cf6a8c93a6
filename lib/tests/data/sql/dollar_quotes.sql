-- a function whose body holds semicolons
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM $$a;b$$;  -- ; $x$
  RETURN 1;
END
$body$;
SELECT a$b$, $1 FROM t; SELECT $$;$$;
DO $é$BEGIN NULL; END$é$
