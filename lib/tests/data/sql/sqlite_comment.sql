/* no /* nesting */ SELECT 1;
SELECT $name, :a, @b, ?1;
