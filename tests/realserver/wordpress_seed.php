<?php
// Posts by 20 authors over 28 days, through WordPress's own functions. Usage: php wordpress_seed.php ROOT NUMBER
// Prints the ids of the posts that belong to #ITP28: by text, or only filed under the tag.
$_SERVER['HTTP_HOST'] = '127.0.0.1';
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/taxonomy.php';
mt_srand(28);
update_option('timezone_string', 'America/New_York');
$authors = [];
for ($i = 0; $i < 20; $i++) {
    $login = sprintf('fellow%02d', $i);
    $authors[] = wp_insert_user(['user_login' => $login, 'user_pass' => 'loopback only', 'role' => 'author',
        'display_name' => "Fellow $i ✨", 'user_email' => "$login@example.org"]);
}
$true = [];
for ($i = 0; $i < (int) $argv[2]; $i++) {
    $kind = $i % 10;
    $day = $i % 28;
    $text = match (true) {
        $kind == 7 => "Tagged only, number $i",
        $kind == 8 => "Look-alike #ITP28extra number $i",
        $kind == 9 => "Nothing about the campaign, number $i",
        default => "Museum 🏛️ memory $i for #ITP28 &amp; friends",
    };
    $status = $i % 20 == 6 ? 'draft' : 'publish';
    $gmt = date('Y-m-d H:i:s', strtotime("2021-02-01 09:00:00 +$day days +$i minutes"));
    $id = wp_insert_post(['post_title' => 'Day ' . ($day + 1) . " — post $i", 'post_status' => $status,
        'post_content' => "<!-- wp:paragraph --><p>$text</p><!-- /wp:paragraph -->",
        'post_author' => $authors[mt_rand(0, 19)], 'post_date' => get_date_from_gmt($gmt), 'post_date_gmt' => $gmt,
        'tags_input' => in_array($kind, [0, 7]) ? ['ITP28'] : []], true);
    if (is_wp_error($id)) {
        fwrite(STDERR, $id->get_error_message());
        exit(1);
    }
    if ($kind < 8 && $status == 'publish') {
        $true[] = $id;
    }
}
echo json_encode($true);
