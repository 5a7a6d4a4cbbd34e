package lmnop.chart;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Fields of an object of Kubernetes that Kubernetes does not know: the client keeps them apart. */
final class UnknownFields {
  private static final String MODEL = "io.fabric8.kubernetes.api.model";

  private final List<String> found = new ArrayList<>();

  private UnknownFields() {}

  /** The unknown fields in an object of the model and everything in it. */
  static List<String> of(Object object) {
    UnknownFields fields = new UnknownFields();
    fields.look(object, "");
    return fields.found;
  }

  private void look(@Nullable Object value, String path) {
    if (value instanceof Collection<?> values) {
      values.forEach(one -> look(one, path));
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(one -> look(one, path));
    } else if (value != null
        && value.getClass().getName().startsWith(MODEL)
        && !value.getClass().getSimpleName().startsWith("Generic")
        && !value.getClass().isEnum()) {
      lookInside(value, path);
    }
  }

  private void lookInside(Object object, String path) {
    try {
      for (Method method : object.getClass().getMethods()) {
        if (method.isAnnotationPresent(JsonAnyGetter.class)) {
          ((Map<?, ?>) method.invoke(object)).keySet().forEach(key -> found.add(path + "." + key));
        }
      }
      for (Field field : object.getClass().getDeclaredFields()) {
        if (!field.getName().equals("additionalProperties") && field.trySetAccessible()) {
          look(field.get(object), path + "." + field.getName());
        }
      }
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
