package lmnop.controlplane.repositories;

import java.util.List;

/**
 * A repository in the list.
 *
 * @param branch that is deployed
 * @param functions that it holds
 * @param outcome of what was pushed last
 */
public record ListedRepository(
    String owner, String name, String branch, List<String> functions, Outcome outcome) {}
