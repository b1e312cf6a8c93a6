SELECT t.name, count(*), sum(l.days) / count(*), max(l.days)
FROM loan l JOIN tool t ON t.id = l.tool_id
GROUP BY t.name ORDER BY 2 DESC, 1;
