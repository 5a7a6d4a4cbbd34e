@NullMarked
package lmnop.router.limits;

import org.jspecify.annotations.NullMarked;
