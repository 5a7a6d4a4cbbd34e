/**
 * What tests share: a real PostgreSQL, and how a test says that it needs a tool.
 *
 * <p>Test scope only. Start at {@link lmnop.testkit.TestDatabase}.
 */
@NullMarked
package lmnop.testkit;

import org.jspecify.annotations.NullMarked;
