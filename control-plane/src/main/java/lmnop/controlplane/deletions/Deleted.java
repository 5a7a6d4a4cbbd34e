package lmnop.controlplane.deletions;

/**
 * A function that is deleted; what is left of it outside the database goes by itself.
 *
 * @param id of the row that stands until nothing is left
 * @param change what routers must apply to know of no such function any more
 */
public record Deleted(long id, long change) {}
