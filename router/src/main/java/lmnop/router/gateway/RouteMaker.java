package lmnop.router.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.cloud.gateway.config.GatewayProperties;
import org.springframework.cloud.gateway.filter.FilterDefinition;
import org.springframework.cloud.gateway.filter.factory.GatewayFilterFactory;
import org.springframework.cloud.gateway.handler.predicate.PredicateDefinition;
import org.springframework.cloud.gateway.handler.predicate.RoutePredicateFactory;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.route.RouteDefinition;
import org.springframework.cloud.gateway.route.RouteDefinitionRouteLocator;
import org.springframework.cloud.gateway.support.ConfigurationService;
import org.springframework.cloud.gateway.support.StringToZonedDateTimeConverter;
import org.springframework.core.convert.support.GenericConversionService;
import org.springframework.validation.Validator;
import org.springframework.validation.beanvalidation.LocalValidatorFactoryBean;
import reactor.core.publisher.Flux;

/**
 * Makes Spring Cloud Gateway's routes of what is written, from the parts that are offered and
 * without an application context: there is no bean that a value could name.
 */
final class RouteMaker {
  private final List<RoutePredicateFactory> predicates = Offered.predicates();
  private final List<GatewayFilterFactory> filters = Offered.filters();
  private final ConfigurationService configuration =
      new ConfigurationService(new DefaultListableBeanFactory(), () -> conversions(), validator());

  private static GenericConversionService conversions() {
    ApplicationConversionService conversions = new ApplicationConversionService();
    conversions.addConverter(new StringToZonedDateTimeConverter());
    return conversions;
  }

  private static Supplier<Validator> validator() {
    LocalValidatorFactoryBean validator = new LocalValidatorFactoryBean();
    validator.afterPropertiesSet();
    return () -> validator;
  }

  /** Makes a route; null if it cannot be, with the reasons among the problems. */
  @Nullable Route make(RouteDefinition definition, List<String> problems) {
    String where = "route '%s': ".formatted(definition.getId());
    List<String> refused =
        Stream.concat(
                definition.getPredicates().stream()
                    .map(PredicateDefinition::getName)
                    .filter(name -> !names(predicates()).contains(name))
                    .map(name -> where + Offered.refusal(name, names(predicates()))),
                definition.getFilters().stream()
                    .map(FilterDefinition::getName)
                    .filter(name -> !names(filters()).contains(name))
                    .map(name -> where + Offered.refusal(name, names(filters()))))
            .toList();
    problems.addAll(refused);
    List<String> placeholders = placeholders(definition);
    placeholders.forEach(value ->
        problems.add(where + "'%s' is a placeholder, and nothing is read".formatted(value)));
    return refused.isEmpty() && placeholders.isEmpty() ? tryTo(definition, where, problems) : null;
  }

  private @Nullable Route tryTo(RouteDefinition definition, String where, List<String> problems) {
    List<Route> made = new ArrayList<>(1);
    try {
      new RouteDefinitionRouteLocator(
              () -> Flux.just(definition),
              predicates,
              filters,
              new GatewayProperties(),
              configuration)
          .getRoutes()
          .subscribe(made::add, failure -> problems.add(where + reason(failure)));
    } catch (RuntimeException e) {
      problems.add(where + reason(e));
    }
    return made.isEmpty() ? null : made.getFirst();
  }

  /** Values that would read something elsewhere; in a rewrite they are groups of its expression. */
  private static List<String> placeholders(RouteDefinition definition) {
    return Stream.concat(
            definition.getPredicates().stream().map(PredicateDefinition::getArgs),
            definition.getFilters().stream()
                .filter(filter -> !String.valueOf(filter.getName()).startsWith("Rewrite"))
                .map(FilterDefinition::getArgs))
        .flatMap(arguments -> arguments.values().stream())
        .filter(value -> value.contains("${"))
        .toList();
  }

  private Stream<String> predicates() {
    return predicates.stream().map(RoutePredicateFactory::name);
  }

  private Stream<String> filters() {
    return filters.stream().map(GatewayFilterFactory::name);
  }

  private static List<String> names(Stream<String> names) {
    return names.sorted().toList();
  }

  private static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage()).lines().findFirst().orElse(root.toString());
  }

  /** Parts of a route as people read them. */
  static String spelled(String name, Map<String, String> arguments) {
    return arguments.isEmpty() ? name : name + arguments.values();
  }
}
