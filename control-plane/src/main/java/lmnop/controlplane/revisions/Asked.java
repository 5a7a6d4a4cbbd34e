package lmnop.controlplane.revisions;

import org.jspecify.annotations.Nullable;

/**
 * A release that was asked for and now runs by itself.
 *
 * @param release what carries it out
 * @param number of the revision that shall get traffic
 * @param waitsFor what has to end before, in words; null if nothing does
 */
public record Asked(long release, int number, @Nullable String commit, @Nullable String waitsFor) {}
