/**
 * A stand-in for an OpenFaaS gateway: it answers as faas-netes and faasd do behind one, with what
 * they do differently from each other and from their manual.
 */
@NullMarked
package lmnop.testkit.openfaas;

import org.jspecify.annotations.NullMarked;
