@NullMarked
package lmnop.router.tls;

import org.jspecify.annotations.NullMarked;
