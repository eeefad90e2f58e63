-- Each of their rows is written several times: a fifth of a long history would wait for its vacuum.
alter table run set (autovacuum_vacuum_scale_factor = 0.02);
alter table run_attempt set (autovacuum_vacuum_scale_factor = 0.02);
