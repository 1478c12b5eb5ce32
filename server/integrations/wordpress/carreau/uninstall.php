<?php
/**
 * Remove the setting with the plug-in. SPDX-License-Identifier: EUPL-1.2
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'carreau_base_url' );
