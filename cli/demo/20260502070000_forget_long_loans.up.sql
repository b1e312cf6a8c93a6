DELETE FROM loan WHERE days > 14;
