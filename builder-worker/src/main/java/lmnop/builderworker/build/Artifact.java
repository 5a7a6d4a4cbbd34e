package lmnop.builderworker.build;

/**
 * What a build left of a function.
 *
 * @param reference how deployments name it
 */
record Artifact(String reference, long bytes) {}
