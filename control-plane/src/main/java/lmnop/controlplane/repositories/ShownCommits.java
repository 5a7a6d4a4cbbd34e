package lmnop.controlplane.repositories;

import java.util.List;
import java.util.Map;

/**
 * A page of commits.
 *
 * @param outcomes what became of them, by their numbers
 * @param next how many commits are before the next page; 0 if there is none
 */
public record ShownCommits(
    Position position, List<CommitLine> commits, Map<String, Outcome> outcomes, int next) {}
