<?php

declare(strict_types=1);

// Case S from PHP: opened, recorded, refused, approved, moved on, and its contract fetched as PDF.
// php kasus-s.php ADDRESS CONTRACT.pdf, with the keys in CASEWORK_KEY (a worker) and CASEWORK_SUPERVISOR_KEY.

require __DIR__ . '/Casework.php';

[, $address, $file] = $argv + [1 => 'http://127.0.0.1:8000', 2 => 'kontrak.pdf'];
$worker = new Casework($address, (string) getenv('CASEWORK_KEY'));
$supervisor = new Casework($address, (string) getenv('CASEWORK_SUPERVISOR_KEY'));
$data = json_decode((string) file_get_contents(__DIR__ . '/kasus-s.json'), true, flags: JSON_THROW_ON_ERROR);

// Our own register's number as Idempotency-Key: sent again after a crash, it still opens one case.
$number = $worker->open('pkh-economic', $data['client'], '2025-03-03', 'buku-register-2025-17');
$again = $worker->open('pkh-economic', $data['client'], '2025-03-03', 'buku-register-2025-17');
echo "Kasus $number dibuka", $again === $number ? ', satu kali.' : ' dua kali!', PHP_EOL;

$worker->record($number, 'intake', $data['intake'], '2025-03-03');

try {
    $worker->advance($number, '2025-03-06');
} catch (Problem $problem) {
    echo "Ditolak ({$problem->status}): {$problem->getMessage()}", PHP_EOL;
    foreach ($problem->reasons() as $reason) {
        echo "  - $reason", PHP_EOL;
    }
}

$seen = new Casework($address, (string) getenv('CASEWORK_KEY'));
$seen->status($number);
$worker->record($number, 'consent', $data['consent'], '2025-03-06');
try {
    $seen->record($number, 'contract', $data['contract'], '2025-03-06');
} catch (Problem $problem) {
    echo "Sudah berubah ({$problem->status}): {$problem->getMessage()}", PHP_EOL;
}
$seen->record($number, 'contract', $data['contract'], '2025-03-06');

$supervisor->approve($number, 'contract', '2025-03-06');
$worker->status($number); // the case as it is now: the supervisor has decided since
$done = $worker->advance($number, '2025-03-06');
echo "{$done['from']} → {$done['to']}; dokumen: ", implode(', ', array_column($done['documents'], 'name')), PHP_EOL;

file_put_contents($file, $worker->pdf($number, 'contract'));
echo "$file ditulis.", PHP_EOL;
