-- Who is next, and how tasks end that nobody finishes. Runs after all numbered migrations, and again
-- whenever it changes, so everything here can be made again.

-- Tasks that say whose they are (payload: owner) take turns: the number grows with each claim.
CREATE TABLE IF NOT EXISTS task_turns (
  kind   text NOT NULL,
  owner  text NOT NULL,
  number bigint NOT NULL,
  PRIMARY KEY (kind, owner)
);
CREATE SEQUENCE IF NOT EXISTS task_turn_numbers;

-- Whether somebody works on the task. A lease that ends further in the future than anybody asks for
-- was given before the clock of the database went back; it is over.
CREATE OR REPLACE FUNCTION is_held(t tasks, p_lease interval) RETURNS boolean
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT t.state = 'RUNNING' AND t.lease_until BETWEEN now() AND now() + 4 * p_lease
$$;

-- Whether the task may be claimed. What lies further in the future than anybody writes was written
-- before the clock of the database went back; it is due.
CREATE OR REPLACE FUNCTION is_due(t tasks, p_lease interval) RETURNS boolean
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT CASE t.state
    WHEN 'WAITING' THEN
      t.due_at <= now() OR t.created_at > now() OR t.due_at > now() + interval '10 minutes'
    WHEN 'RUNNING' THEN NOT is_held(t, p_lease)
    ELSE false END
$$;

-- What waits, in the order in which it is claimed: first what was begun and left, then by rounds. The
-- first round has one task of each owner of whom nothing runs, the second one of each of whom one
-- runs or would then run, and so on; within a round the owner comes first whose turn is longest ago.
-- Tasks that are nobody's are in the order of their time.
CREATE OR REPLACE FUNCTION task_order(p_kinds text[], p_lease interval)
RETURNS TABLE (id bigint, owner text, owners_running bigint, place bigint)
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  WITH unfinished AS (
    SELECT t.id, t.kind, t.due_at, coalesce(t.payload ->> 'owner', '') AS owner,
      false AS held, false AS begun
    FROM tasks t WHERE t.kind = ANY (p_kinds) AND t.state = 'WAITING'
    UNION ALL -- one index for each: those that have ended are many, and are not looked at
    SELECT t.id, t.kind, t.due_at, coalesce(t.payload ->> 'owner', ''), is_held(t, p_lease), true
    FROM tasks t WHERE t.kind = ANY (p_kinds) AND t.state = 'RUNNING'),
  running AS (
    SELECT u.owner, count(*) AS tasks FROM unfinished u WHERE u.held GROUP BY u.owner),
  waiting AS (
    SELECT u.id, u.owner, u.due_at, u.begun, coalesce(r.tasks, 0) AS running,
      coalesce(r.tasks, 0) + row_number() OVER (
        PARTITION BY u.owner ORDER BY u.begun DESC, u.due_at, u.id) AS round,
      coalesce(t.number, 0) AS turn
    FROM unfinished u
      LEFT JOIN running r ON r.owner = u.owner
      LEFT JOIN task_turns t ON t.kind = u.kind AND t.owner = u.owner
    WHERE NOT u.held)
  SELECT w.id, w.owner, w.running,
    row_number() OVER (ORDER BY w.begun DESC, w.round, w.turn, w.due_at, w.id)
  FROM waiting w
$$;

-- Gives the next due task of one of the kinds to the caller, or nothing. A task whose lease ran out
-- is due again, with a higher fence, until its attempts are used up. Of one owner at most so many run
-- at once; claims of the same kinds wait for each other, so that two do not count the same ones.
DROP FUNCTION IF EXISTS claim_task(text[], text, interval);
CREATE OR REPLACE FUNCTION claim_task(
  p_kinds text[], p_claimer text, p_lease interval, p_per_owner int DEFAULT 2147483647)
RETURNS TABLE (
  id bigint, kind text, subject text, payload jsonb, attempt int, max_attempts int, fence bigint,
  access_token text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lmnop AS $$
#variable_conflict use_column
DECLARE
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  chosen bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('claim_task ' || p_kinds::text, 0));
  PERFORM give_up_tasks(p_kinds);
  SELECT c.id INTO chosen
    FROM tasks c JOIN task_order(p_kinds, p_lease) o ON o.id = c.id
    WHERE may_claim(c.kind) AND is_due(c, p_lease)
      AND (o.owner = '' OR o.owners_running < p_per_owner OR c.state = 'RUNNING')
      AND NOT EXISTS (
        SELECT FROM tasks other
        WHERE other.kind = c.kind AND other.subject = c.subject AND other.id <> c.id
          AND other.state = 'RUNNING')
    ORDER BY o.place
    FOR UPDATE OF c SKIP LOCKED
    LIMIT 1;
  INSERT INTO task_turns AS t (kind, owner, number)
    SELECT c.kind, c.payload ->> 'owner', nextval('task_turn_numbers')
    FROM tasks c WHERE c.id = chosen AND c.payload ? 'owner'
    ON CONFLICT (kind, owner) DO UPDATE SET number = excluded.number;
  RETURN QUERY
    UPDATE tasks t
    SET state = 'RUNNING', attempts = t.attempts + 1, fence = t.fence + 1,
        claimed_by = p_claimer, lease_until = now() + p_lease,
        access_sha256 = encode(sha256(convert_to(token, 'UTF8')), 'hex')
    WHERE t.id = chosen
    RETURNING t.id, t.kind, t.subject, t.payload, t.attempts, t.max_attempts, t.fence, token;
EXCEPTION
  WHEN unique_violation THEN
    RETURN; -- another claimer was first with a task of the same subject
END
$$;

-- Ends a task that waits or runs; whoever runs it is told. False if it has ended already.
CREATE OR REPLACE FUNCTION cancel_task(p_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lmnop AS $$
DECLARE
  ended text;
BEGIN
  UPDATE tasks SET state = 'CANCELLED', finished_at = now(), lease_until = NULL
    WHERE id = p_id AND state IN ('WAITING', 'RUNNING') RETURNING kind INTO ended;
  IF ended IS NULL THEN
    RETURN false;
  END IF;
  PERFORM pg_notify('lmnop_tasks_ended', ended || ' ' || p_id);
  PERFORM pg_notify('lmnop_tasks', ended); -- one of the same subject may be due now
  RETURN true;
END
$$;

-- Ends what nobody will: tasks whose attempts are used up, which else only the next claim ends; and
-- tasks that waited for so long while not one of their kind ran. Gives how many those were.
CREATE OR REPLACE FUNCTION abandon_tasks(p_kind text, p_patience interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lmnop AS $$
DECLARE
  lost bigint;
  number bigint := 0;
BEGIN
  PERFORM give_up_tasks(ARRAY[p_kind]);
  FOR lost IN
    UPDATE tasks SET state = 'FAILED', finished_at = now(), lease_until = NULL,
      result = jsonb_build_object('fault', 'platform', 'message',
        'nobody took it within ' || ceil(extract(epoch FROM p_patience) / 60) || ' minutes')
    WHERE kind = p_kind AND (state = 'WAITING' OR state = 'RUNNING')
      AND greatest(due_at, lease_until) < now() - p_patience
      AND NOT EXISTS (
        SELECT FROM tasks moving
        WHERE moving.kind = p_kind AND moving.state = 'RUNNING' AND moving.lease_until >= now())
    RETURNING id
  LOOP
    PERFORM pg_notify('lmnop_tasks_ended', p_kind || ' ' || lost);
    number := number + 1;
  END LOOP;
  RETURN number;
END
$$;

-- Removes tasks that have ended, once what they were about is gone. Gives how many there were.
CREATE OR REPLACE FUNCTION forget_tasks(p_kind text, p_subjects text[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = lmnop AS $$
  WITH gone AS (
    DELETE FROM tasks WHERE kind = p_kind AND subject = ANY (p_subjects)
      AND state IN ('DONE', 'FAILED', 'CANCELLED') RETURNING 1)
  SELECT count(*) FROM gone
$$;

-- Removes some of the tasks that ended so long ago. Gives how many.
CREATE OR REPLACE FUNCTION forget_old_tasks(p_age interval, p_at_once int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = lmnop AS $$
  WITH gone AS (
    DELETE FROM tasks WHERE id IN (
      SELECT id FROM tasks WHERE finished_at < now() - p_age
        AND state IN ('DONE', 'FAILED', 'CANCELLED') ORDER BY id LIMIT p_at_once) RETURNING 1)
  SELECT count(*) FROM gone
$$;

REVOKE EXECUTE ON FUNCTION is_held, is_due, task_order, claim_task, cancel_task, abandon_tasks,
  forget_tasks, forget_old_tasks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_task TO lmnop_worker;
GRANT EXECUTE ON FUNCTION is_held, task_order, claim_task, cancel_task, abandon_tasks, forget_tasks,
  forget_old_tasks TO lmnop_control;
GRANT SELECT ON task_turns TO lmnop_control;
