package lmnop.controlplane.repositories;

import java.util.List;
import java.util.Map;

/**
 * The branches and tags.
 *
 * @param outcomes what became of their commits, by the numbers of those
 */
public record ShownRefs(
    Position position,
    List<NamedRef> branches,
    List<NamedRef> tags,
    Map<String, Outcome> outcomes) {}
