package lmnop.controlplane.functions;

/** A repository that has a row. */
public record StoredRepository(long id, String deployBranch) {}
