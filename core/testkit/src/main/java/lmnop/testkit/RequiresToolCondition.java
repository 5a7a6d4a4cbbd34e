package lmnop.testkit;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Decides on {@link RequiresTool}. */
final class RequiresToolCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<String> missing =
        AnnotationSupport.findAnnotation(context.getElement(), RequiresTool.class).stream()
            .flatMap(annotation -> Arrays.stream(annotation.value()))
            .filter(tool -> !isThere(tool))
            .toList();
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("every tool is there");
    }
    String reason = "this test needs " + String.join(", ", missing);
    if ("true".equals(System.getenv("CI"))) { // house-rule exception: CI says so by this variable
      throw new IllegalStateException(reason + ", and CI must not skip it");
    }
    return ConditionEvaluationResult.disabled(reason);
  }

  private static boolean isThere(String tool) {
    if (tool.equals("root")) {
      return "root".equals(System.getProperty("user.name")); // house-rule exception: who runs us
    }
    String path = System.getenv("PATH"); // house-rule exception: where programs are
    return Stream.of((path + ":/usr/sbin:/sbin").split(":"))
        .map(directory -> new File(directory, tool))
        .anyMatch(File::canExecute);
  }
}
