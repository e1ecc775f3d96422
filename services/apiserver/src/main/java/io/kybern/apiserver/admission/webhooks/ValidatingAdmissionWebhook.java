package io.kybern.apiserver.admission.webhooks;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.matching.Match;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Lets webhooks refuse a request: all are asked at once, and the first in their order that refuses has the word. */
final class ValidatingAdmissionWebhook implements AdmissionPlugin {

    private final WebhookConfigurations configurations;
    private final WebhookFilter filter;
    private final WebhookCaller caller;

    ValidatingAdmissionWebhook(WebhookConfigurations configurations, WebhookFilter filter, WebhookCaller caller) {
        this.configurations = configurations;
        this.filter = filter;
        this.caller = caller;
    }

    private record Question(Webhook webhook, Match match) {}

    @Override
    public String name() {
        return "ValidatingAdmissionWebhook";
    }

    @Override
    public void validate(AdmissionRequest request) {
        List<Webhook> webhooks = configurations.current();
        if (webhooks.isEmpty() || RequestMatcher.isExempt(request)) {
            return;
        }
        List<Question> questions = new ArrayList<>();
        for (Webhook webhook : webhooks) {
            filter.match(webhook, request).ifPresent(match -> questions.add(new Question(webhook, match)));
        }
        if (questions.size() == 1) {
            settle(questions.getFirst(), ask(questions.getFirst(), request), request);
        } else if (!questions.isEmpty()) {
            askAll(questions, request);
        }
    }

    private Optional<Verdict> ask(Question question, AdmissionRequest request) {
        return caller.ask(question.webhook(), request, question.match());
    }

    private static void settle(Question question, Optional<Verdict> verdict, AdmissionRequest request) {
        if (verdict.isPresent()) {
            verdict.get().tell(question.webhook().name(), request);
            if (!verdict.get().allowed()) {
                throw verdict.get().refusal(question.webhook().name());
            }
        }
    }

    private void askAll(List<Question> questions, AdmissionRequest request) {
        List<Callable<Optional<Verdict>>> tasks = new ArrayList<>();
        questions.forEach(question -> tasks.add(() -> ask(question, request)));
        List<Future<Optional<Verdict>>> answers;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            answers = threads.invokeAll(tasks);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApiException.timeout("request did not complete within requested timeout", 0);
        }
        List<ApiException> refusals = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            try {
                settle(questions.get(i), answers.get(i).resultNow(), request);
            } catch (ApiException e) {
                refusals.add(e);
            } catch (IllegalStateException e) {
                refusals.add(refusal(answers.get(i).exceptionNow()));
            }
        }
        if (!refusals.isEmpty()) {
            throw refusals.getFirst();
        }
    }

    private static ApiException refusal(Throwable error) {
        return error instanceof ApiException refused
                ? refused
                : ApiException.internal("a webhook could not be asked: " + error.getMessage(), error);
    }
}
