/**
 * What is asked of a running platform, one simulation for each way of loading it.
 *
 * <p>Knows Gatling and nothing of lmnop's code: the functions that it asks are pushed by whoever
 * starts it. Start at {@link lmnop.gatling.Target}.
 */
@NullMarked
package lmnop.gatling;

import org.jspecify.annotations.NullMarked;
