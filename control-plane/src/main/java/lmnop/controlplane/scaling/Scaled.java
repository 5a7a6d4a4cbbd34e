package lmnop.controlplane.scaling;

/**
 * A revision that runs with as many instances as were asked for.
 *
 * @param instances that shall run; they are ready by and by
 */
public record Scaled(int revision, int instances) {}
