<?php

declare(strict_types=1);

/** What the server answered with an error: problem details (RFC 9457), in the language that was asked for. */
final class Problem extends RuntimeException
{
    /** @param array<string, mixed> $details */
    public function __construct(public readonly int $status, public readonly array $details)
    {
        parent::__construct(($details['detail'] ?? null) ?: ($details['title'] ?? "HTTP $status"), $status);
    }

    /** @return list<string> each requirement that is not met, and each fault of what was sent, as a sentence */
    public function reasons(): array
    {
        $found = [];
        foreach ($this->details['unmet'] ?? [] as $unmet) {
            $found[] = $unmet['message'];
        }
        foreach ($this->details['problems'] ?? [] as $problem) {
            $found[] = trim(($problem['where'] ?? '') . ': ' . $problem['message'], ': ');
        }
        return $found;
    }
}

/** The cases of one office, over HTTP. Whoever's key this is, acts. */
final class Casework
{
    /** @var array<string, string> the version of each case that was seen last, by its number */
    private array $versions = [];

    public function __construct(
        private readonly string $address,
        #[SensitiveParameter] private readonly string $key,
        private readonly string $language = 'id',
        private readonly int $attempts = 3,
    ) {
    }

    /**
     * Open a case; its number.
     *
     * @param array<string, mixed> $client
     */
    public function open(string $workflow, array $client, ?string $at = null, ?string $once = null): string
    {
        $body = array_filter(['workflow' => $workflow, 'client' => $client, 'at' => $at]);
        return $this->change('POST', '/cases', $body, null, $once)['case'];
    }

    /** @return array<string, mixed> where the case stands, and what each move still needs */
    public function status(string $number): array
    {
        return $this->read($number);
    }

    /**
     * Record something in a case.
     *
     * @param array<mixed> $data
     * @return array<string, mixed>
     */
    public function record(string $number, string $record, array $data, ?string $at = null, ?string $once = null): array
    {
        return $this->change('POST', "/cases/$number/records/$record", array_filter(['data' => $data, 'at' => $at]), $number, $once);
    }

    /** @return array<string, mixed> the move that was made, with the documents that it issued */
    public function advance(string $number, ?string $at = null, ?string $once = null): array
    {
        return $this->change('POST', "/cases/$number/advance", array_filter(['at' => $at]), $number, $once);
    }

    /** @return array<string, mixed> */
    public function approve(string $number, string $what, ?string $at = null, ?string $once = null): array
    {
        return $this->change('POST', "/cases/$number/approve", array_filter(['what' => $what, 'at' => $at]), $number, $once);
    }

    /** A document that was issued, as PDF. */
    public function pdf(string $number, string $document): string
    {
        return $this->send('GET', "/cases/$number/documents/$document", null, ['Accept: application/pdf']);
    }

    /** @return array<string, mixed> */
    private function read(string $number): array
    {
        return $this->decoded($this->send('GET', "/cases/$number", null, ['Accept: application/json'], $number));
    }

    /**
     * A change rests on what was seen (If-Match), and is done once however often it is sent (Idempotency-Key).
     *
     * @param array<string, mixed> $body
     * @return array<string, mixed>
     */
    private function change(string $method, string $path, array $body, ?string $number, ?string $once): array
    {
        if ($number !== null && !isset($this->versions[$number])) {
            $this->read($number);
        }
        $headers = ['Accept: application/json', 'Idempotency-Key: ' . ($once ?? bin2hex(random_bytes(16)))];
        if ($number !== null) {
            $headers[] = 'If-Match: ' . $this->versions[$number];
        }
        $answer = $this->send($method, $path, json_encode((object) $body, JSON_THROW_ON_ERROR), $headers, $number);
        return $this->decoded($answer);
    }

    /** @return array<string, mixed> */
    private function decoded(string $answer): array
    {
        return json_decode($answer, true, flags: JSON_THROW_ON_ERROR);
    }

    /** @param list<string> $headers */
    private function send(string $method, string $path, ?string $body, array $headers, ?string $number = null): string
    {
        for ($attempt = 1; ; $attempt++) {
            $found = [];
            $request = curl_init($this->address . '/v1' . $path);
            curl_setopt_array($request, [
                CURLOPT_CUSTOMREQUEST => $method,
                CURLOPT_RETURNTRANSFER => true,
                CURLOPT_TIMEOUT => 60,
                CURLOPT_HTTPHEADER => [
                    "Authorization: Bearer $this->key",
                    "Accept-Language: $this->language",
                    ...($body === null ? [] : ['Content-Type: application/json']),
                    ...$headers,
                ],
                CURLOPT_HEADERFUNCTION => function ($_, string $line) use (&$found): int {
                    [$name, $value] = explode(':', $line, 2) + [1 => ''];
                    $found[strtolower(trim($name))] = trim($value);
                    return strlen($line);
                },
            ] + ($body === null ? [] : [CURLOPT_POSTFIELDS => $body]));
            $answer = curl_exec($request);
            $status = (int) curl_getinfo($request, CURLINFO_RESPONSE_CODE);
            // An answer that was lost may be asked for again: the Idempotency-Key lets nothing happen twice.
            $again = $answer === false || $status === 429 || $status === 503;
            if ($again && $attempt < $this->attempts) {
                sleep((int) min(5, $found['retry-after'] ?? $attempt));
                continue;
            }
            if ($answer === false) {
                throw new RuntimeException('The server does not answer: ' . curl_error($request));
            }
            break;
        }
        if ($number !== null && isset($found['etag'])) {
            $this->versions[$number] = $found['etag'];
        }
        if ($status >= 400) {
            unset($this->versions[$number ?? '']);
            throw new Problem($status, json_decode((string) $answer, true) ?: []);
        }
        return (string) $answer;
    }
}
