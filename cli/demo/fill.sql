INSERT INTO tool (id, name, shelf) VALUES
    (1, 'cordless drill', 'A1'), (2, 'tile cutter', 'B3'), (3, 'ladder, 5 m', 'wall'), (4, 'hedge trimmer', 'C2');
INSERT INTO member (id, name) VALUES (1, 'Amal'), (2, 'Bruno'), (3, 'Chiara'), (4, 'Dmitri'), (5, 'Esi');
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
INSERT INTO loan (id, tool_id, member_id, days) SELECT n, 1 + n % 9 % 4, 1 + n % 5, 1 + n % 18 FROM numbers;
