package lmnop.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that needs programs of the machine: skipped by name where one is missing, and failed there
 * when {@code CI=true}, so that nobody takes a test that never ran for a passed one.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresToolCondition.class)
public @interface RequiresTool {
  /** Names of programs on the PATH; {@code root} means that the tests run as root. */
  String[] value();
}
