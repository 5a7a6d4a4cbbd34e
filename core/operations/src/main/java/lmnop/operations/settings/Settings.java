package lmnop.operations.settings;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.handler.IgnoreErrorsBindHandler;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.convert.ApplicationConversionService;

/**
 * Reads an app's settings from {@code --config FILE} and {@code --key=value} options into one
 * record.
 *
 * <p>Options win over the file. Nothing is read from the environment, so that what an app runs with
 * is always in one place. Every problem is reported, not only the first.
 */
public final class Settings {
  private static final String ROOT = "lmnop";

  private Settings() {}

  /** Binds the arguments of a {@code main} to the given record. */
  public static <T extends Record> T load(Class<T> type, String... arguments) {
    return bind(type, read(arguments));
  }

  /** Binds the given keys, which are written as in a settings file, to the given record. */
  public static <T extends Record> T bind(Class<T> type, Map<String, String> values) {
    Map<String, String> rooted = new LinkedHashMap<>();
    values.forEach((key, value) -> rooted.put(ROOT + "." + key, value));
    List<String> problems = new ArrayList<>();
    Binder binder =
        new Binder(
            List.of(new MapConfigurationPropertySource(rooted)),
            null,
            ApplicationConversionService.getSharedInstance());
    T settings = null;
    try {
      settings =
          binder.bindOrCreate(
              ROOT,
              Bindable.of(type),
              new NoUnboundElementsBindHandler(new Collecting(problems), source -> true));
    } catch (RuntimeException e) {
      addNew(explain(e), problems);
      settings = withoutWhatDoesNotFit(binder, type);
    }
    if (settings != null) {
      addNew(missing(type, settings, ""), problems);
    }
    if (settings == null || !problems.isEmpty()) {
      throw new SettingsException(new TreeSet<>(problems).stream().toList());
    }
    return settings;
  }

  /** A value that does not fit is said once, and not as one that is unknown or missing too. */
  private static void addNew(List<String> more, List<String> problems) {
    for (String problem : more) {
      String key = problem.split(" ", 2)[0];
      if (problems.stream().noneMatch(known -> known.startsWith(key + " = "))) {
        problems.add(problem);
      }
    }
  }

  /** What can be bound nevertheless, so that what is missing is said in the same breath. */
  private static <T extends Record> @Nullable T withoutWhatDoesNotFit(
      Binder binder, Class<T> type) {
    try {
      return binder.bindOrCreate(ROOT, Bindable.of(type), new IgnoreErrorsBindHandler());
    } catch (RuntimeException e) {
      return null; // what does not fit is said already
    }
  }

  /** Names every setting without a value that has no default and is not marked as nullable. */
  private static List<String> missing(
      Class<? extends Record> type, @Nullable Record settings, String prefix) {
    List<String> missing = new ArrayList<>();
    RecordComponent[] components = type.getRecordComponents();
    Parameter[] parameters = parameters(type, components);
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      String key = prefix + DataObjectPropertyName.toDashedForm(component.getName());
      Object value = settings == null ? null : value(component, settings);
      if (value == null && !isRequired(component, parameters[i])) {
        continue;
      }
      if (component.getType().isRecord()) {
        missing.addAll(
            missing(component.getType().asSubclass(Record.class), (Record) value, key + "."));
      } else if (value == null) {
        missing.add(key + " is missing");
      } else if (value instanceof List<?> list) {
        missing.addAll(missingInside(list, key));
      }
    }
    return missing;
  }

  private static List<String> missingInside(List<?> list, String key) {
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i) instanceof Record entry) {
        missing.addAll(missing(entry.getClass(), entry, key + "[" + i + "]."));
      }
    }
    return missing;
  }

  private static Parameter[] parameters(Class<?> type, RecordComponent... components) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types).getParameters();
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every record has its canonical constructor", e);
    }
  }

  private static boolean isRequired(RecordComponent component, Parameter parameter) {
    return !component.getType().isPrimitive()
        && !component.getAnnotatedType().isAnnotationPresent(Nullable.class)
        && !parameter.isAnnotationPresent(DefaultValue.class);
  }

  private static @Nullable Object value(RecordComponent component, Record settings) {
    try {
      component.getAccessor().setAccessible(true); // the record may be its app's own
      return component.getAccessor().invoke(settings);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the setting " + component.getName() + " is unreadable", e);
    }
  }

  private static Map<String, String> read(String... arguments) {
    Map<String, String> fromFile = new LinkedHashMap<>();
    Map<String, String> fromOptions = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      int equals = argument.indexOf('=');
      if (argument.equals("--config") && i + 1 < arguments.length) {
        fromFile.putAll(readFile(Path.of(arguments[++i]), problems));
      } else if (argument.startsWith("--") && equals > 2) {
        fromOptions.put(argument.substring(2, equals), argument.substring(equals + 1));
      } else {
        problems.add("'" + argument + "' is neither --config FILE nor --key=value");
      }
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    fromFile.putAll(fromOptions);
    return fromFile;
  }

  private static Map<String, String> readFile(Path file, List<String> problems) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      problems.add("the settings file " + file + " cannot be read: " + e.getMessage());
    }
    Map<String, String> values = new LinkedHashMap<>();
    properties.stringPropertyNames().forEach(k -> values.put(k, properties.getProperty(k)));
    return values;
  }

  private static List<String> explain(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t
          instanceof
          org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException
              unbound) {
        return unbound.getUnboundProperties().stream()
            .map(property -> withoutRoot(property.getName()) + " is not a setting")
            .toList();
      }
    }
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return List.of(String.valueOf(root.getMessage()));
  }

  private static String withoutRoot(ConfigurationPropertyName name) {
    String text = name.toString();
    return text.startsWith(ROOT + ".") ? text.substring(ROOT.length() + 1) : text;
  }

  /** Notes a value that does not fit, and goes on, so that one start shows all of them. */
  private record Collecting(List<String> problems) implements BindHandler {
    @Override
    public @Nullable Object onFailure(
        ConfigurationPropertyName name, Bindable<?> target, BindContext context, Exception error)
        throws Exception {
      var property = context.getConfigurationProperty();
      if (property == null || !property.getName().equals(name)) {
        throw error;
      }
      Class<?> expected = target.getType().resolve(Object.class);
      problems.add(
          "%s = '%s' is not a %s"
              .formatted(withoutRoot(name), property.getValue(), expected.getSimpleName()));
      return null;
    }
  }
}
