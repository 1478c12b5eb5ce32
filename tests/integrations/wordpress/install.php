<?php
// Install WordPress in the trial's database, activate the plug-in, and write a post for every way to embed a place.
// Called as: php install.php FOLDER ADDRESS_OF_CARREAU ADDRESS_OF_WORDPRESS; prints the ids of the posts as JSON.
[ , $folder, $ours, $host ] = $argv;
$_SERVER['HTTP_HOST'] = parse_url( $host, PHP_URL_HOST ) . ':' . parse_url( $host, PHP_URL_PORT );
define( 'WP_INSTALLING', true );
require "$folder/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
wp_install( 'Office de tourisme', 'admin', 'admin@office.example', true, '', 'trial' );
update_option( 'siteurl', $host );
update_option( 'home', $host );
update_option( 'permalink_structure', '' );
switch_theme( 'twentytwentyfive' );
$error = activate_plugin( 'carreau/carreau.php' );
if ( is_wp_error( $error ) ) {
	fwrite( STDERR, $error->get_error_message() );
	exit( 1 );
}
update_user_meta( 1, 'locale', 'fr_FR' );
update_option( 'carreau_base_url', $ours );
carreau_register_provider();
wp_set_current_user( 1 );
kses_remove_filters();

function post( $title, $content ) {
	return wp_insert_post( array( 'post_title' => $title, 'post_content' => wp_slash( $content ), 'post_status' => 'publish', 'post_author' => 1 ) );
}

$page  = "$ours/fr/sites/demonstration";
$embed = '<!-- wp:embed {"url":"%1$s","type":"rich"} --><figure class="wp-block-embed is-type-rich"><div class="wp-block-embed__wrapper">' . "\n%1\$s\n" . '</div></figure><!-- /wp:embed -->';
$posts = array(
	'pasted'    => post( 'Une adresse collée', "Avant.\n\n$page\n\nAprès." ),
	'embed'     => post( 'Le bloc de WordPress', sprintf( $embed, $page ) ),
	'route'     => post( 'Un parcours collé', "$ours/fr/parcours/arenberg-a-pied" ),
	'block'     => post( 'Le bloc de Carreau', '<!-- wp:carreau/place {"url":"' . $page . '","colours":"dark","height":700} /-->' ),
	'foreign'   => post( 'Une autre adresse', '<!-- wp:carreau/place {"url":"https://elsewhere.example/fr/sites/demonstration"} /-->' ),
	'frame'     => post( 'Le cadre', "<!-- wp:html --><iframe src=\"$ours/embed/demonstration?lang=fr\" title=\"Carreau\" width=\"100%\" height=\"600\"></iframe><!-- /wp:html -->" ),
	'component' => post( 'Le composant', "<!-- wp:html --><script type=\"module\" src=\"$ours/viewer/carreau-viewer.js\"></script><carreau-viewer site=\"demonstration\" lang=\"fr\"><a href=\"$page\">Démonstration</a></carreau-viewer><!-- /wp:html -->" ),
);
echo wp_json_encode( $posts );
