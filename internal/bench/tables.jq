# The tables of docs/benchmarks.md. What is measured are lists, of which the median counts.

def median: if length == 0 then null else sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2 end;

# A number with so many digits after the point.
def fixed($digits): (. * pow(10; $digits) | round | tostring) as $text
	| (if ($text | length) <= $digits then "0" * ($digits + 1 - ($text | length)) else "" end) + $text
	| if $digits == 0 then . else .[:-$digits] + "." + .[-$digits:] end;

# A number with three digits at most, in the unit that makes it less than 1000.
def scale($units):
	if . >= 999.5 and ($units | length) > 1 then . / 1000 | scale($units[1:])
	else (if . >= 99.95 then 0 elif . >= 9.995 then 1 else 2 end) as $digits
		| "\(. * pow(10; $digits) | round / pow(10; $digits)) \($units[0])" end;
def seconds: . * 1e9 | scale(["ns", "µs", "ms", "s"]);
def bytes: scale(["B", "kB", "MB", "GB"]);
def count: round | tostring;

def ratio: if . == 1 then "1" elif . < 0.95 then fixed(2) elif . < 9.95 then fixed(1) else fixed(0) end + "×";

# A ratio of medians and what it stands for: no number of a machine alone says anything of another. It is
# empty where nothing was measured.
def cell($base; unit): ($base // [] | median) as $base | (. // [] | median)
	| if . == null then "" elif . == 0 then "0" elif . < 0 then "lost in the noise" else "\(. / $base | ratio) (\(unit))" end;

def markdown($header): ([$header, ($header | map("---"))] + .)[] | "| \(join(" | ")) |";

def jobs: . as $rows | map([.name,
		(.wall | cell($rows[0].wall; seconds)), (.cpu | cell($rows[0].cpu; seconds)), (.memory | cell($rows[0].memory; bytes)),
		(.requests | cell($rows[0].requests; count)), (.download | cell($rows[0].download; bytes))])
	| markdown(["", "wall time", "CPU time", "peak memory", "requests", "download"]);

# The median of the ratios within each round, and the medians that stand behind it.
def pairs($ours; $theirs): ([$ours, $theirs] | transpose | map(.[0] / .[1]) | median | fixed(2))
	+ "× (\($ours | median | seconds) to \($theirs | median | seconds))";
def trips: map([.name, pairs(.ours.wall; .theirs.wall), pairs(.ours.cpu; .theirs.cpu)]) | markdown(["", "wall time", "CPU time"]);

def growth: . as $taken | [
		["Find/2023-01-01", "reading an answer of API 2023-01-01"],
		["Find/2021-04-30", "reading an answer of API 2021-04-30"],
		["Publish", "writing outputs and summary"]
		| . as [$part, $name]
		| def of($builds; $unit): $taken["Benchmark\($part)/builds=\($builds)"] // error("no benchmark \($part)") | map(.[$unit]);
		["\($name), time", (10, 200, 2000 | of(.; "ns/image") | cell(of(10; "ns/image"); . / 1e9 | seconds))],
		["\($name), memory allocated", (10, 200, 2000 | of(.; "B/image") | cell(of(10; "B/image"); bytes))]]
	| markdown(["for one image, in an iteration of", "10 builds", "200 builds", "2000 builds"]);

def delayed($header): map(.delay as $delay | .columns as $columns
		| ["wall time, answers delayed by \($delay)", ($columns[] | .wall | cell($columns[0].wall; seconds))],
		["peak memory, answers delayed by \($delay)", ($columns[] | .memory | cell($columns[0].memory; bytes))],
		["requests, answers delayed by \($delay)", ($columns[] | .requests | cell($columns[0].requests; count))])
	| markdown($header);
