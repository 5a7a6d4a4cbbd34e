package lmnop.controlplane.api;

import org.jspecify.annotations.Nullable;

/**
 * Which page of a list is asked for.
 *
 * @param limit how many entries it has at most
 * @param cursor where the page before ended; null is the beginning
 */
record Page(int limit, @Nullable Cursor cursor) {}
