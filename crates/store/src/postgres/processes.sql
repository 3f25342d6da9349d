-- The process that has claimed a job, if others can see whether it lives.
ALTER TABLE jobs ADD COLUMN process int4;
CREATE SEQUENCE processes AS int4 CYCLE;
